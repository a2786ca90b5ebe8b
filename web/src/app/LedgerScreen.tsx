import { LedgerPanel } from '../features/ledger/LedgerPanel.tsx'
import { ScreenHead } from '../ui/ScreenHead.tsx'
import { LedgerSearch } from '../features/ledger/LedgerSearch.tsx'

/** What happened on the ledger, in words. */
export function LedgerScreen() {
  return (
    <>
      <ScreenHead
        windowTitle="The ledger"
        title="The ledger"
        lead="Everything that was agreed, in the order in which it became binding."
        aside={<LedgerSearch />}
      />
      <LedgerPanel />
    </>
  )
}
