import { runService } from '../runtime/service.ts'
import { startGateway } from './gateway.ts'
import { waitToLead } from './leading.ts'

/** Runs a gateway, which leads as soon as no other one works on the database. */
export function runGateway(options: Parameters<typeof startGateway>[1] = {}): void {
  let release: (() => Promise<void>) | null = null
  runService(
    'gateway',
    async (context) => {
      const stop = await startGateway(context, options)
      return async () => {
        await stop()
        await release?.()
      }
    },
    async (tools) => {
      release = await waitToLead(tools)
    },
  )
}
