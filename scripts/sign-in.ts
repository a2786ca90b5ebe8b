import { DomainError } from '../services/domain/errors.ts'
import { readSettings } from './settings.ts'
import { makeSignInLink, type Who } from './sign-in-link.ts'

const HELP = `usage: commonwatt sign-in <home>|--manager [--data <folder>] [--api-port <port>]

Prints a link that signs one browser in, once, within a minute, with the key that the demonstration keeps in its data
folder. <home> is a home's name or number.`

/** `commonwatt sign-in`: a one-time link for a home of the running demonstration, or for its community manager. */
export async function signIn(commandArguments: readonly string[]): Promise<number> {
  if (commandArguments.includes('--help')) {
    console.log(HELP)
    return 0
  }
  const { who, settings } = parseArguments(commandArguments)
  const apiUrl = `http://127.0.0.1:${settings.apiPort}`
  console.log(await makeSignInLink({ apiUrl, dataFolder: settings.dataFolder }, who))
  return 0
}

function parseArguments(commandArguments: readonly string[]) {
  const [first, ...rest] = commandArguments
  if (first === undefined || (first.startsWith('-') && first !== '--manager')) {
    throw new DomainError('settings-invalid', 'name a home first, or --manager. --help shows how.')
  }
  const who: Who = first === '--manager' ? 'manager' : { home: first }
  return { who, settings: readSettings(rest) }
}

/** The command that makes such a link for a system with these settings. */
export function signInCommandOf(home: string, settings: Where): string {
  return commandOf(`sign-in ${home}`, settings)
}

/** The command that invites a home to a system with these settings. */
export function inviteCommandOf(settings: Where): string {
  return commandOf('invite "<its name>"', settings)
}

type Where = { readonly apiPort: number; readonly dataFolder: string }

function commandOf(command: string, { apiPort, dataFolder }: Where): string {
  const { apiPort: usualPort, dataFolder: usualFolder } = readSettings([], {})
  return [
    `npx commonwatt ${command}`,
    ...(apiPort === usualPort ? [] : [`--api-port ${apiPort}`]),
    ...(dataFolder === usualFolder ? [] : [`--data ${dataFolder}`]),
  ].join(' ')
}
