/** `1234567` Wh as `1,234.567 kWh`. */
export function formatKwh(wh: bigint): string {
  return `${formatDecimal(wh, 3)} kWh`
}

/** Micro-euro per kWh as EUR/kWh with the four decimals of a tick. */
export function formatPrice(price: bigint): string {
  return `${formatDecimal(price / 100n, 4)} EUR/kWh`
}

/** Micro-euro as EUR with all six decimals. */
export function formatEuro(amount: bigint): string {
  return `${formatDecimal(amount, 6)} EUR`
}

function formatDecimal(value: bigint, decimals: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, -decimals).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${value < 0n ? '-' : ''}${whole}.${digits.slice(-decimals)}`
}
