export async function drawCharts(_run: unknown): Promise<void> {}
