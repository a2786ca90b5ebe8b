import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium, type Browser, type CDPSession, type Page } from 'playwright-core'
import { BROWSER_ARGUMENTS, findOrInstallBrowser } from '../../scripts/browser.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export type Size = { readonly width: number; readonly height: number; readonly colorScheme: 'light' | 'dark' }

/** A page with what a person would not see of it: errors in the console, and requests to elsewhere. */
export type OpenedPage = { readonly page: Page; readonly complaints: string[] }

type Axe = { run: () => Promise<{ violations: { id: string; nodes: { target: string[] }[] }[] }> }

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findOrInstallBrowser(console.log), args: [...BROWSER_ARGUMENTS] })
}

/** A page of a person of its own, for the web app at `url`. */
export async function openPage(
  browser: Browser,
  { width, height, colorScheme }: Size,
  url: string,
): Promise<OpenedPage> {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' })
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) complaints.push(`request to ${request.url()}`)
  })
  return { page, complaints }
}

/** What axe finds; the debugger brings it in, since the content security policy lets no script in from outside. */
export async function accessibilityViolations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
  })
}

/** Whether nothing of the page is beyond its right edge. */
export function fitsItsWidth(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)
}

/** Gives the page a device that makes passkeys, and whose person is there and known by it. */
export async function addAuthenticator(page: Page): Promise<{ session: CDPSession; authenticatorId: string }> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return { session, authenticatorId }
}
