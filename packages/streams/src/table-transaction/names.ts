/** What PostgreSQL (63 bytes, quoted) and BigQuery (letters, digits and underscores) both keep as it is. */
export const IDENTIFIER = '^[A-Za-z_][A-Za-z0-9_]{0,62}$';

/** Columns that every table of PostgreSQL has, quoted or not (https://www.postgresql.org/docs/current/ddl-system-columns.html). */
export const SYSTEM_COLUMNS = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'] as const;

/** How no column of BigQuery begins, in any case (https://cloud.google.com/bigquery/docs/schemas#column_names). */
const RESERVED_PREFIXES = [
  '_TABLE_',
  '_FILE_',
  '_PARTITION',
  '_ROW_TIMESTAMP',
  '__ROOT__',
  '_COLIDENTIFIER',
  '_CHANGE_SEQUENCE_NUMBER',
  '_CHANGE_TYPE',
  '_CHANGE_TIMESTAMP',
] as const;

/** In any case without a flag, which a JSON Schema cannot give. */
export const RESERVED_PREFIX = `^(?:${RESERVED_PREFIXES.join('|').replaceAll(/[A-Z]/g, (letter) => `[${letter}${letter.toLowerCase()}]`)})`;

const identifier = new RegExp(IDENTIFIER);
const reservedPrefix = new RegExp(RESERVED_PREFIX);
const systemColumns: ReadonlySet<string> = new Set(SYSTEM_COLUMNS);

/** The rule that the text breaks as a table's name, completing "must …"; undefined where it breaks none. */
export function tableNameRule(text: string): string | undefined {
  return identifier.test(text) ? undefined : `be a table's name (${IDENTIFIER})`;
}

/** The rule that the text breaks as a column's name, completing "must …"; undefined where it breaks none. */
export function columnNameRule(text: string): string | undefined {
  if (!identifier.test(text)) return `be a column's name (${IDENTIFIER})`;
  if (systemColumns.has(text)) return `be no system column of PostgreSQL (${SYSTEM_COLUMNS.join(', ')})`;
  if (reservedPrefix.test(text)) return `not begin as BigQuery's own columns do (${RESERVED_PREFIXES.join(', ')})`;
  return undefined;
}
