import { startGateway } from '../../services/gateway/gateway.ts'
import { runService } from '../../services/runtime/service.ts'

// A gateway that is killed at the step of its outbox that the command line names, the first time that it gets there.
const [, , dyingAt] = process.argv

runService('gateway', (context) =>
  startGateway(context, {
    onStep: (step) => {
      if (step === dyingAt) process.kill(process.pid, 'SIGKILL')
    },
  }),
)
