import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { chromium } from 'playwright-core'
import { DomainError } from '../services/domain/errors.ts'
import { projectFolder } from './project-folder.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
]

/** Keeps Chromium off the network and lets it run as root. */
export const BROWSER_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * The path of a Chromium or Chrome: COMMONWATT_BROWSER, one that is installed, Playwright's own, or one installed now
 * (Debian package where this runs as root, else Playwright's download). Throws `browser-missing`.
 */
export function findOrInstallBrowser(say: (line: string) => void): string {
  const found = findBrowser()
  if (found !== undefined) return found
  say('No Chromium or Chrome found; installing one …')
  if (process.getuid?.() === 0 && run('apt-get', ['--version'])) {
    run('apt-get', ['update'])
    run('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'])
  } else {
    run(process.execPath, [
      path.join(projectFolder, 'node_modules', 'playwright-core', 'cli.js'),
      'install',
      'chromium-headless-shell',
      'chromium',
    ])
  }
  const installed = findBrowser()
  if (installed === undefined) {
    throw new DomainError(
      'browser-missing',
      'the tests need Chromium or Chrome: install one, or name it in COMMONWATT_BROWSER',
    )
  }
  return installed
}

function findBrowser(): string | undefined {
  const named = process.env.COMMONWATT_BROWSER
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  const candidates = [
    ...(named === undefined ? [] : [named]),
    ...folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name))),
    ...PLACES,
    chromium.executablePath(),
  ]
  return candidates.find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function run(command: string, commandArguments: readonly string[]): boolean {
  return spawnSync(command, commandArguments, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
}
