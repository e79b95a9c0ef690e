// A public terminal is one browser for many people: each finds it as the person before left it. KIOSK=1 makes a process serve
// such terminals.

/** A session at a terminal ends after the first limit without a step of the person, and after the second limit in any case. */
export const kioskIdleSeconds = 120
export const kioskSeconds = 20 * 60
