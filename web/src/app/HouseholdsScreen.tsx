import { HouseholdsPanel } from '../features/household/HouseholdsPanel.tsx'
import { ScreenHead } from '../ui/ScreenHead.tsx'
import { SignedInOnly } from './SignedInOnly.tsx'

/** The households that the reader may see, each with its balance. */
export function HouseholdsScreen() {
  return (
    <>
      <ScreenHead
        windowTitle="The homes"
        title="The homes"
        lead="Those that you may see, with what their account holds."
      />
      <SignedInOnly>
        <HouseholdsPanel />
      </SignedInOnly>
    </>
  )
}
