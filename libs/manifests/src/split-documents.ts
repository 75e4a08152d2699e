/** A document as text, before it is parsed. */
export interface DocumentText {
  /** From 0, counted as YAML counts documents. */
  index: number;
  /** Line of the file, from 1, that the text starts on. */
  firstLine: number;
  text: string;
}

const SEPARATOR = /^---(?=[ \t]|$)/;
const END = /^\.\.\.(?=[ \t]|$)/;
const NO_CONTENT = /^\s*(#.*)?$/;
const DIRECTIVE = /^%/;

/**
 * Splits a file at its document markers. A marker at the start of a line ends a document whatever stands before it
 * (YAML 1.2, 9.1.2), so a document that can't be parsed never swallows its neighbours.
 * Comments and directives before the first marker belong to the first document.
 */
export function splitDocuments(file: string): DocumentText[] {
  const lines = file.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const documents: DocumentText[] = [];
  let start = 0;
  let marked = false;
  const close = (end: number) => {
    const part = lines.slice(start, end);
    if (marked || part.some((line) => !NO_CONTENT.test(line))) {
      documents.push({ index: documents.length, firstLine: start + 1, text: part.join('\n') });
    }
  };
  for (let line = 0; line < lines.length; line += 1) {
    if (SEPARATOR.test(lines[line]!)) {
      if (marked || hasContent(lines, start, line)) {
        close(line);
        start = line;
      }
      marked = true;
    } else if (END.test(lines[line]!)) {
      close(line);
      start = line + 1;
      marked = false;
    }
  }
  close(lines.length);
  return documents;
}

function hasContent(lines: readonly string[], from: number, to: number): boolean {
  for (let line = from; line < to; line += 1) {
    if (!NO_CONTENT.test(lines[line]!) && !DIRECTIVE.test(lines[line]!)) return true;
  }
  return false;
}
