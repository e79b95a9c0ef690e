export default { usual: {} } satisfies Record<string, object>
