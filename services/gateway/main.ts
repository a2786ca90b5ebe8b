import { runService } from '../runtime/service.ts'
import { startGateway } from './gateway.ts'

runService('gateway', (context) => startGateway(context))
