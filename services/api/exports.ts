import type { Ledger } from '../chain/ledger.ts'
import { formatCsvLine } from '../domain/export/csv.ts'
import { FEED_END, formatFeedStart, formatIntervalBlocks, type FeedFacts } from '../domain/export/green-button.ts'
import { deliveryPeriod } from '../domain/units.ts'
import type { Store } from '../store/connect.ts'
import { readArea } from '../store/views/area.ts'
import type { ExportedTable, ExportScope } from '../store/views/export-scope.ts'
import { exportedTables, readExportedReadings } from '../store/views/export.ts'
import { readHousehold } from '../store/views/households.ts'
import type { ApiDeps } from './server.ts'

/** A household's data as documents, page by page out of the store; `now` in unix seconds. */
export function exportsOf(store: Store, ledger: Ledger, now: () => number): Pick<ApiDeps, 'exportHousehold'> {
  return {
    async exportHousehold(memberId, wish) {
      const household = await readHousehold(store, await readArea(store), memberId)
      if (household === null) return null
      const scope = { memberId, from: deliveryPeriod(wish.from), to: deliveryPeriod(wish.to) }
      if (wish.format === 'csv') {
        return { type: 'text/csv', extension: 'csv', chunks: csvOf(exportedTables[wish.table](store, scope)) }
      }
      const source = `${ledger.chainId} ${ledger.addresses.settlement.toLowerCase()}`
      const facts = { source, memberId, name: household.name, updatedAt: now() }
      return { type: 'application/atom+xml', extension: 'xml', chunks: feedOf(store, scope, facts) }
    },
  }
}

async function* csvOf(table: ExportedTable): AsyncGenerator<string> {
  for await (const rows of table) {
    if (rows.length > 0) yield rows.map(formatCsvLine).join('')
  }
}

async function* feedOf(store: Store, scope: ExportScope, facts: FeedFacts): AsyncGenerator<string> {
  yield formatFeedStart(facts)
  for await (const readings of readExportedReadings(store, scope)) {
    if (readings.length > 0) yield formatIntervalBlocks(facts, readings)
  }
  yield FEED_END
}
