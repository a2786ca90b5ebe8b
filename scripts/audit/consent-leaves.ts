import type { SaltedReading } from '../../services/domain/metering/reading-tree.ts'
import type { PeriodStatement } from '../../services/domain/settlement/statement-tree.ts'
import { deliveryPeriod, energyWh, money } from '../../services/domain/units.ts'
import type { ConsentPeriod, ConsentReading } from './consent-data.ts'

/** A reading that a member shows, as the leaf that it is. */
export function saltedOf(memberId: number, reading: ConsentReading): SaltedReading {
  return {
    memberId,
    period: deliveryPeriod(reading.period),
    importStart: energyWh(BigInt(reading.importStartWh)),
    importEnd: energyWh(BigInt(reading.importEndWh)),
    exportStart: energyWh(BigInt(reading.exportStartWh)),
    exportEnd: energyWh(BigInt(reading.exportEndWh)),
    quality: reading.quality,
    salt: reading.salt,
  }
}

/** A quarter-hour of a statement that a member shows, as the leaf that it is. */
export function periodStatementOf(memberId: number, stated: ConsentPeriod): PeriodStatement {
  const { importWh, exportWh } = stated
  return {
    memberId,
    period: deliveryPeriod(stated.period),
    bought: energyWh(BigInt(stated.boughtWh)),
    sold: energyWh(BigInt(stated.soldWh)),
    readingVersion: stated.readingVersion,
    quality: stated.quality,
    metered:
      importWh === null || exportWh === null
        ? null
        : { import: energyWh(BigInt(importWh)), export: energyWh(BigInt(exportWh)) },
    energy: money(BigInt(stated.energyMicroEuro)),
    imbalance: money(BigInt(stated.imbalanceMicroEuro)),
    gridTariff: money(BigInt(stated.gridTariffMicroEuro)),
    levies: money(BigInt(stated.leviesMicroEuro)),
    platformFee: money(BigInt(stated.platformFeeMicroEuro)),
    tariffOnly: null,
    salt: stated.salt,
  }
}
