import { periodReadingOf } from '../../services/domain/metering/estimation.ts'
import type { MeterReading } from '../../services/domain/metering/meter-reading.ts'
import type { PeriodReading } from '../../services/domain/metering/period-energy.ts'
import { deliveryPeriod, endOf, energyWh } from '../../services/domain/units.ts'
import type { ConsentData } from './consent-data.ts'
import { differ, requireSame, type Place } from './difference.ts'
import { bytesOf } from './ledger/hex.ts'
import { gatewayReadingSignerOf, readingSignerOf } from './market/reading-signer.ts'
import type { Books } from './replay/books.ts'

/**
 * What the member's meter said, by delivery period. Throws a difference where another key signed it, or where it does not
 * follow what the meter said before. Null where the member does not show it.
 */
export function signedReadingsOf(
  { area, memberId, signedReadings }: ConsentData,
  books: Books,
): ReadonlyMap<number, MeterReading> | null {
  if (signedReadings === undefined) return null
  const key = books.members.all.get(memberId)?.meterKey
  const known = new Map<number, MeterReading>()
  let last: MeterReading | null = null
  for (const { signature, signedBy, ...shown } of signedReadings) {
    const reading: MeterReading = {
      deliveryPeriod: deliveryPeriod(shown.deliveryPeriod),
      sequence: shown.sequence,
      importRegister: energyWh(BigInt(shown.importRegisterWh)),
      exportRegister: energyWh(BigInt(shown.exportRegisterWh)),
    }
    const place = { area, period: shown.deliveryPeriod, member: memberId }
    if (signedBy === 'gateway') requireGateway(reading, signature, key, place, books)
    else {
      const signer = readingSignerOf(books.readingDomain, reading, bytesOf(signature))
      requireSame('consent-meters', 'who signed its reading', signer, key, place)
    }
    if (last !== null && !isAfter(reading, last)) {
      differ('consent-meters', 'what its meter said runs backwards, or is not in sequence', place)
    }
    last = reading
    known.set(shown.deliveryPeriod, reading)
  }
  return known
}

/** A leaf that says that it was metered has the registers that the meter signed at both of its ends. */
export function requireSigned(leaf: PeriodReading, signed: ReadonlyMap<number, MeterReading>, place: Place): void {
  const ends = [leaf.period - 1, leaf.period].flatMap((period) => signed.get(period) ?? [])
  const counted = periodReadingOf(leaf.memberId, leaf.period, ends)
  if (counted === null) {
    differ(
      'consent-meters',
      'the data lack what its meter signed at the ends of a reading that says it was metered',
      place,
    )
  }
  for (const register of ['importStart', 'importEnd', 'exportStart', 'exportEnd'] as const) {
    requireSame('consent-meters', `${register} of its reading`, leaf[register], counted[register], place)
  }
}

/** For a meter that cannot sign one may that held the credential of a gateway when the reading was due. */
function requireGateway(
  reading: MeterReading,
  signature: string,
  meter: string | undefined,
  place: Place & { readonly area: number },
  { credentials, readingDomain }: Books,
): void {
  const signer = gatewayReadingSignerOf(readingDomain, meter ?? '0x0', reading, bytesOf(signature))
  if (signer !== null && credentials.heldRoleAt(signer, 'gateway', place.area, endOf(reading.deliveryPeriod))) return
  differ('consent-meters', `its reading is signed by ${signer}, which was no gateway of the area then`, place)
}

function isAfter(reading: MeterReading, last: MeterReading): boolean {
  return (
    reading.deliveryPeriod > last.deliveryPeriod &&
    reading.sequence > last.sequence &&
    reading.importRegister >= last.importRegister &&
    reading.exportRegister >= last.exportRegister
  )
}

/** Registers only grow. */
export function isReadable({ importStart, importEnd, exportStart, exportEnd }: PeriodReading): boolean {
  return importEnd >= importStart && exportEnd >= exportStart
}
