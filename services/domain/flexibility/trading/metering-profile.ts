import { DomainError } from '../../errors.ts'
import { signedW, signedWh, type SignedW, type SignedWh } from '../../units.ts'

/** UFTP's Metering is the one message in kW and kWh. Throws `uftp-metering-invalid` where a decimal is no whole Wh. */
export function parseKilowattHours(text: string): SignedWh {
  return signedWh(thousandthsOf(text))
}

/** Throws `uftp-metering-invalid` where a decimal is no whole W. */
export function parseKilowatts(text: string): SignedW {
  return signedW(thousandthsOf(text))
}

/** Energy in kWh, or power in kW, with three decimals: exactly the Wh or W. */
export function formatThousandths(value: bigint): string {
  const magnitude = value < 0n ? -value : value
  return `${value < 0n ? '-' : ''}${magnitude / 1_000n}.${(magnitude % 1_000n).toString().padStart(3, '0')}`
}

function thousandthsOf(text: string): bigint {
  const [, sign, whole, decimals = ''] = /^(-?)(\d{1,12})(?:\.(\d{1,3})0*)?$/.exec(text) ?? []
  if (whole === undefined) {
    throw new DomainError('uftp-metering-invalid', `"${text}" is no number of kWh or kW with up to three decimals`, {
      text,
    })
  }
  const magnitude = BigInt(whole) * 1_000n + BigInt(decimals.padEnd(3, '0'))
  return sign === '-' ? -magnitude : magnitude
}
