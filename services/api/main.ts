import { runService } from '../runtime/service.ts'
import { startApi } from './service.ts'

runService('api', startApi)
