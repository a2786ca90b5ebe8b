import type { LedgerValues } from '../chain/events.ts'
import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

/** Congestion points: what they carry, and what lies behind them. */
export function projectCongestionPoints(batch: ProjectionBatch, { name, arguments: values }: LedgerEvent): void {
  const pointId = Number(values.pointId)
  const connectionPoint = values.connectionPoint as string
  const { flexibility } = batch
  switch (name) {
    case 'PointRegistered': {
      const place = { area: Number(values.area), entityAddress: values.entityAddress as string }
      flexibility.push({ kind: 'pointRegistered', id: pointId, ...place, ...capacityOf(values) })
      break
    }
    case 'CapacityChanged':
      flexibility.push({ kind: 'capacityChanged', id: pointId, ...capacityOf(values) })
      break
    case 'LimitSet':
      flexibility.push({
        kind: 'limitSet',
        pointId,
        number: values.number as bigint,
        firstPeriod: values.firstPeriod as bigint,
        lastPeriod: values.lastPeriod as bigint,
        ...capacityOf(values),
      })
      break
    case 'LimitRemoved':
      flexibility.push({ kind: 'limitRemoved', pointId, number: values.number as bigint })
      break
    case 'ConnectionSet':
      flexibility.push({ kind: 'connectionSet', pointId, connectionPoint, effectPpm: values.effect as bigint })
      break
    case 'ConnectionRemoved':
      flexibility.push({ kind: 'connectionRemoved', pointId, connectionPoint })
      break
  }
}

function capacityOf({ consumption, feedIn }: LedgerValues) {
  return { consumptionW: consumption as bigint, feedInW: feedIn as bigint }
}
