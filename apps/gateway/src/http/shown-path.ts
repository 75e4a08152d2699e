const MOST_SIGNS = 200;

/** A path as it is logged: of what a stranger sends only the beginning, for each line is kept. */
export function shownPath(path: string): string {
  return path.length > MOST_SIGNS ? `${path.slice(0, MOST_SIGNS)}…` : path;
}
