import { runService } from '../runtime/service.ts'
import { startRegistrar } from './registrar.ts'

runService('registrar', startRegistrar)
