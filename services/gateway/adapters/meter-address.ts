const METER_ADDRESS = /^0x[0-9a-f]{40}$/

/** The text where it is a meter's address: 0x and 40 hex digits in lower case; else null. */
export function meterAddressOf(text: string | undefined): string | null {
  return text !== undefined && METER_ADDRESS.test(text) ? text : null
}
