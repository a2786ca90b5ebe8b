import { InvitationsPanel } from '../features/invitations/InvitationsPanel.tsx'
import { ScreenHead } from '../ui/ScreenHead.tsx'
import { SignedInOnly } from './SignedInOnly.tsx'

/** Which homes are invited into the community. */
export function InvitationsScreen() {
  return (
    <>
      <ScreenHead
        windowTitle="Invitations"
        title="Invitations"
        lead="A home joins by a link that works once, within two weeks."
      />
      <SignedInOnly>
        <InvitationsPanel />
      </SignedInOnly>
    </>
  )
}
