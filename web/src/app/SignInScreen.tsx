import { SignInPanel } from '../features/sign-in/SignInPanel.tsx'
import { ScreenHead } from '../ui/ScreenHead.tsx'

/** The ways to sign in. */
export function SignInScreen() {
  return (
    <>
      <ScreenHead
        windowTitle="Sign in"
        title="Sign in"
        lead="What belongs to one home is shown to its members, and to whom they let see it. Nobody asks you for a key or a password."
      />
      <SignInPanel />
    </>
  )
}
