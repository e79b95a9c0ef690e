/** The environment of this worker before its first test file. */
export const firstEnvironment: Readonly<Record<string, string | undefined>> = { ...process.env }
