import { runGateway } from '../../services/gateway/run-gateway.ts'

// A gateway that is killed at the step of its outbox that the command line names, the first time that it gets there.
const [, , dyingAt] = process.argv

runGateway({
  onStep: (step) => {
    if (step === dyingAt) process.kill(process.pid, 'SIGKILL')
  },
})
