import { HouseholdsPanel } from '../features/household/HouseholdsPanel.tsx'

/** All households, each with its balance. */
export function HouseholdsScreen() {
  return (
    <>
      <div>
        <h1>The homes</h1>
        <p className="soft">Everyone who takes part, with what their account holds.</p>
      </div>
      <HouseholdsPanel />
    </>
  )
}
