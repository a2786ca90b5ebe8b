import { HouseholdsPanel } from '../features/household/HouseholdsPanel.tsx'
import { ScreenHead } from '../ui/ScreenHead.tsx'

/** All households, each with its balance. */
export function HouseholdsScreen() {
  return (
    <>
      <ScreenHead
        windowTitle="The homes"
        title="The homes"
        lead="Everyone who takes part, with what their account holds."
      />
      <HouseholdsPanel />
    </>
  )
}
