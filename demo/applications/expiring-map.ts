/** A Map that stays small: old entries expire, and when it is full the oldest entry is removed. */
export type ExpiringMap<Value> = {
  put(key: string, value: Value, now: Date): void
  /** Replaces the value of an existing key, without prolonging its life. */
  replace(key: string, value: Value): void
  find(key: string, now: Date): Value | undefined
  /** Finds and removes in one step, for values that may be used only once. */
  take(key: string, now: Date): Value | undefined
  remove(key: string): void
  live(now: Date): [key: string, value: Value][]
}

export type Bounds = { readonly limit: number; readonly lifetimeSeconds: number }

export function expiringMap<Value>(bounds: Bounds): ExpiringMap<Value> {
  // A Map keeps the order of insertion and every entry lives equally long, so the first is always the next to expire.
  const kept = new Map<string, { readonly value: Value; readonly until: number }>()

  function put(key: string, value: Value, now: Date): void {
    kept.delete(key)
    dropExpired(now)
    // Strangers can fill this map (a sign-in begins without an account); they must not fill the memory.
    if (kept.size >= bounds.limit) dropOldest()
    kept.set(key, { value, until: now.getTime() + bounds.lifetimeSeconds * 1000 })
  }

  function replace(key: string, value: Value): void {
    const entry = kept.get(key)
    if (entry !== undefined) kept.set(key, { ...entry, value })
  }

  function find(key: string, now: Date): Value | undefined {
    const entry = kept.get(key)
    return entry !== undefined && entry.until > now.getTime() ? entry.value : undefined
  }

  function take(key: string, now: Date): Value | undefined {
    const value = find(key, now)
    kept.delete(key)
    return value
  }

  function live(now: Date): [string, Value][] {
    dropExpired(now)
    return Array.from(kept, ([key, { value }]) => [key, value])
  }

  function dropExpired(now: Date): void {
    for (const [key, { until }] of kept) {
      if (until > now.getTime()) return
      kept.delete(key)
    }
  }

  function dropOldest(): void {
    const [oldest] = kept.keys()
    if (oldest !== undefined) kept.delete(oldest)
  }

  return { put, replace, find, take, remove: (key) => void kept.delete(key), live }
}
