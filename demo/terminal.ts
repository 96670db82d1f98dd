import { stripVTControlCharacters, styleText } from 'node:util';

/** A stream to write to, such as `process.stdout`. */
export type Output = Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'hasColors'>>;

type Style = Parameters<typeof styleText>[0];

const PLAIN_COLUMNS = 100;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Writes colours and bars to a terminal, and plain ASCII to any other stream. */
export class Terminal {
  readonly #output: Output;
  readonly #isColourful: boolean;

  constructor(output: Output) {
    this.#output = output;
    // This honours NO_COLOR and FORCE_COLOR.
    this.#isColourful = output.isTTY === true && output.hasColors?.() === true;
  }

  get isPlain(): boolean {
    return this.#output.isTTY !== true;
  }

  /** Maximum width of a line in characters. */
  get columns(): number {
    return this.isPlain ? PLAIN_COLUMNS : this.#output.columns || PLAIN_COLUMNS;
  }

  print(...lines: string[]): void {
    this.#output.write(`${lines.join('\n')}\n`);
  }

  /** Returns the text in this style if the output has colours, or else unchanged. */
  style(style: Style, text: string): string {
    return this.#isColourful && text !== '' ? styleText(style, text) : text;
  }

  /** Returns a bar for a share from 0 to 1, which is empty on a plain output. */
  bar(share: number, width: number): string {
    if (this.isPlain) return '';
    const eighths = Math.round(Math.min(Math.max(share, 0), 1) * width * 8);
    return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
  }

  /** Returns a heading with a rule up to the edge. */
  heading(left: string, right = ''): string {
    const rule = this.isPlain ? '-' : '─';
    const length = Math.max(Math.min(this.columns, PLAIN_COLUMNS) - left.length - right.length - 5, 3);
    const end = right === '' ? '' : ` ${right}`;
    return `${this.style('dim', rule)} ${this.style('bold', left)} ${this.style('dim', rule.repeat(length) + end)}`;
  }
}

/** Pads text to a visible width, on which styles have no influence. `side` is where the text stands. */
export function pad(text: string, width: number, side: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(width - stripVTControlCharacters(text).length, 0));
  return side === 'left' ? text + blanks : blanks + text;
}

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** Formats a number such as `12,345`. */
export function formatWhole(value: number): string {
  return WHOLE.format(value);
}

/** Formats a number such as `1,234.5`. */
export function formatTenths(value: number): string {
  return TENTHS.format(value);
}

/** Formats a size such as `12.3 kB`, in powers of 1000. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${formatWhole(bytes)} B`;
  return bytes < 1e6 ? `${formatTenths(bytes / 1e3)} kB` : `${formatTenths(bytes / 1e6)} MB`;
}

/** Formats a local time such as `09:41:07`. */
export function formatTime(timestampSeconds: number): string {
  return new Date(timestampSeconds * 1000).toTimeString().slice(0, 8);
}
