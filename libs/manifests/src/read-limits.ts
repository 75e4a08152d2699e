/** What one fabric's directory may cost; past a limit a file is held or the source fails, by name. */
export interface ReadLimits {
  fileBytes: number;
  documentsPerFile: number;
  /** Documents as JSON, with aliases expanded; must leave room in a message of 256 KB. */
  documentBytes: number;
  aliases: number;
  files: number;
  depth: number;
  totalBytes: number;
  /** For the parsing of one batch of files. */
  parseMs: number;
}

/** What a directory may cost where nobody configures it. */
export const DEFAULT_READ_LIMITS: ReadLimits = {
  fileBytes: 1024 * 1024,
  documentsPerFile: 2_000,
  documentBytes: 192 * 1024,
  aliases: 100,
  files: 10_000,
  depth: 32,
  totalBytes: 128 * 1024 * 1024,
  parseMs: 20_000,
};
