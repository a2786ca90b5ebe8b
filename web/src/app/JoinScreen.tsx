import { JoiningPanel } from '../features/joining/JoiningPanel.tsx'
import { ScreenHead } from '../ui/ScreenHead.tsx'

/** How a new home comes into the market. */
export function JoinScreen() {
  return (
    <>
      <ScreenHead
        windowTitle="Join"
        title="Join the neighbourhood"
        lead="From your invitation to your first trade. You can close this page at any time and go on later."
      />
      <JoiningPanel />
    </>
  )
}
