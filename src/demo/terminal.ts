import { stripVTControlCharacters, styleText } from 'node:util';

/** A stream that output goes to, such as `process.stdout`. */
export type Output = Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'hasColors'>>;

type Style = Parameters<typeof styleText>[0];

const PLAIN_COLUMNS = 100;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Writes to a terminal with colours and bars, and to anything else in plain ASCII. */
export class Terminal {
  readonly #output: Output;
  readonly #isColourful: boolean;

  constructor(output: Output) {
    this.#output = output;
    // By its terminal, and by NO_COLOR and FORCE_COLOR.
    this.#isColourful = output.isTTY === true && output.hasColors?.() === true;
  }

  get isPlain(): boolean {
    return this.#output.isTTY !== true;
  }

  /** Width of a line in characters. */
  get columns(): number {
    return this.isPlain ? PLAIN_COLUMNS : this.#output.columns || PLAIN_COLUMNS;
  }

  print(...lines: string[]): void {
    this.#output.write(`${lines.join('\n')}\n`);
  }

  /** The text in a style, where there are colours. */
  style(style: Style, text: string): string {
    return this.#isColourful && text !== '' ? styleText(style, text) : text;
  }

  /** A bar for a share from 0 to 1; empty on a plain output. */
  bar(share: number, width: number): string {
    if (this.isPlain) return '';
    const eighths = Math.round(Math.min(Math.max(share, 0), 1) * width * 8);
    return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
  }

  /** A heading, with a rule up to the edge. */
  heading(left: string, right = ''): string {
    const rule = this.isPlain ? '-' : '─';
    const length = Math.max(Math.min(this.columns, PLAIN_COLUMNS) - left.length - right.length - 5, 3);
    const end = right === '' ? '' : ` ${right}`;
    return `${this.style('dim', rule)} ${this.style('bold', left)} ${this.style('dim', rule.repeat(length) + end)}`;
  }
}

/** Pads to a width as it is seen, styles not counted. Numbers go to the right. */
export function pad(text: string, width: number, side: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(width - stripVTControlCharacters(text).length, 0));
  return side === 'left' ? text + blanks : blanks + text;
}

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** Such as `12,345`. */
export function formatWhole(value: number): string {
  return WHOLE.format(value);
}

/** Such as `1,234.5`. */
export function formatTenths(value: number): string {
  return TENTHS.format(value);
}

/** Such as `12.3 kB`, in powers of 1000. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${formatWhole(bytes)} B`;
  return bytes < 1e6 ? `${formatTenths(bytes / 1e3)} kB` : `${formatTenths(bytes / 1e6)} MB`;
}

/** Such as `09:41:07`, in local time. */
export function formatTime(timestampSeconds: number): string {
  return new Date(timestampSeconds * 1000).toTimeString().slice(0, 8);
}
