/** A row's tags with its device among them, for the endpoints that have no field for a device. */
export function deviceTags(row: { readonly tags: string[]; readonly device: string | null }): string[] {
  return row.device === null ? row.tags : [...row.tags, `device:${row.device}`];
}
