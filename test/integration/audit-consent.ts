import type { ConsentData } from '../../scripts/audit/consent-data.ts'
import { siblingsOf } from '../../services/domain/metering/merkle-sum-tree.ts'
import { readingTreeOf, type SaltedReading } from '../../services/domain/metering/reading-tree.ts'
import type { DayStatement } from '../../services/domain/settlement/day-statement.ts'
import { statementTreeOf, type PeriodStatement } from '../../services/domain/settlement/statement-tree.ts'
import { AREA, DSO, PLATFORM_OPERATOR, SUPPLIER, TAX_AUTHORITY, type MarketMaker } from './audit-ledger.ts'

/** A settlement run with all that is not on the ledger. */
export type SettledRun = {
  readonly number: number
  readonly periods: readonly PeriodStatement[]
  readonly statements: readonly DayStatement[]
}

/** What every member, institutions as well, would give for an audit; households what their meters signed too. */
export function consentOf(
  { ledger }: MarketMaker,
  runs: readonly SettledRun[],
  readings: ReadonlyMap<string, readonly SaltedReading[]>,
  signed: ReadonlyMap<number, NonNullable<ConsentData['signedReadings']>>,
): ConsentData[] {
  const members = [SUPPLIER, DSO, TAX_AUTHORITY, PLATFORM_OPERATOR, ...signed.keys()]
  return members.map((memberId): ConsentData => ({
    format: 'commonwatt-evidence-1',
    chainId: Number(ledger.chainId),
    settlement: ledger.addresses.settlement,
    area: AREA,
    memberId,
    readings: [...readings].flatMap(([key, ofPeriod]) => {
      const position = ofPeriod.findIndex((reading) => reading.memberId === memberId)
      const reading = ofPeriod[position]
      if (reading === undefined) return []
      return [
        {
          period: reading.period,
          version: Number(key.split(':')[1]),
          importStartWh: reading.importStart.toString(),
          importEndWh: reading.importEnd.toString(),
          exportStartWh: reading.exportStart.toString(),
          exportEndWh: reading.exportEnd.toString(),
          quality: reading.quality,
          salt: reading.salt,
          position,
          siblings: siblingsOf(readingTreeOf(ofPeriod), position),
        },
      ]
    }),
    signedReadings: signed.get(memberId) ?? [],
    statements: runs.flatMap(({ number, statements, periods }) => {
      const position = statements.findIndex((statement) => statement.memberId === memberId)
      const statement = statements[position]
      if (statement === undefined) return []
      return [
        {
          day: statement.day,
          run: number,
          chargesMicroEuro: statement.charges.toString(),
          creditsMicroEuro: statement.credits.toString(),
          previousMicroEuro: statement.previous.toString(),
          salt: statement.salt,
          position,
          siblings: siblingsOf(statementTreeOf(statements), position),
          periods: periods.filter((period) => period.memberId === memberId).map(consentPeriodOf),
        },
      ]
    }),
  }))
}

function consentPeriodOf(statement: PeriodStatement): ConsentData['statements'][number]['periods'][number] {
  return {
    period: statement.period,
    boughtWh: statement.bought.toString(),
    soldWh: statement.sold.toString(),
    readingVersion: statement.readingVersion,
    quality: statement.quality,
    importWh: statement.metered?.import.toString() ?? null,
    exportWh: statement.metered?.export.toString() ?? null,
    energyMicroEuro: statement.energy.toString(),
    imbalanceMicroEuro: statement.imbalance.toString(),
    gridTariffMicroEuro: statement.gridTariff.toString(),
    leviesMicroEuro: statement.levies.toString(),
    platformFeeMicroEuro: statement.platformFee.toString(),
    salt: statement.salt,
  }
}
