const BAR_WIDTH = 30;
const DRAWN_EVERY_MS = 100;
/** Without a terminal the progress is told in steps of this part of the whole. */
const STEP = 0.25;

/** Lines as things happen, and in a terminal a progress bar below them. */
export class Screen {
  #out;
  #start = Date.now();
  #drawn = 0;
  #told = 0;
  #bar;

  constructor(out = process.stdout) {
    this.#out = out;
  }

  /** Says what `who` did or got, with the seconds since the start. */
  line(who, text) {
    this.#erase();
    const seconds = ((Date.now() - this.#start) / 1000).toFixed(1);
    this.#out.write(`${seconds.padStart(6)} s  ${who.padEnd(6)} ${printable(text)}\n`);
    this.#draw();
  }

  /** Says something that belongs to nobody. */
  say(text) {
    this.#erase();
    this.#out.write(`${text}\n`);
    this.#draw();
  }

  /** Shows how far the work is: `done` from 0 to 1, and what that means. */
  progress(done, label) {
    this.#bar = { done, label };
    if (!this.#out.isTTY) return this.#tell(done, label);
    if (Date.now() - this.#drawn < DRAWN_EVERY_MS) return;
    this.#erase();
    this.#draw();
  }

  /** Says nothing more. */
  close() {
    this.clear();
    this.#out = { write: () => {} };
  }

  /** Takes the bar away. */
  clear() {
    this.#erase();
    this.#bar = undefined;
  }

  #tell(done, label) {
    if (done < this.#told + STEP) return;
    this.#told = Math.floor(done / STEP) * STEP;
    this.#out.write(`${' '.repeat(10)}${percent(done)}  ${label}\n`);
  }

  #draw() {
    if (!this.#out.isTTY || !this.#bar) return;
    const { done, label } = this.#bar;
    const full = Math.round(done * BAR_WIDTH);
    const bar = `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${percent(done)}  ${label}`;
    this.#out.write(bar.slice(0, (this.#out.columns || 80) - 1));
    this.#drawn = Date.now();
  }

  #erase() {
    if (this.#out.isTTY && this.#bar) this.#out.write('\r\x1b[K');
  }
}

const percent = (part) => `${Math.floor(part * 100)} %`.padStart(5);

/** What comes from outside must not steer the terminal. */
const printable = (text) => text.replace(/\p{Cc}/gu, ' ');

/** Rows of texts as a table: the first row is the head, the first column the names. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  '),
  );
  return [lines[0], '─'.repeat(lines[0].length), ...lines.slice(1)].map((line) => `  ${line}`).join('\n');
}
