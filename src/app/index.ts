export { renderConfiguration } from './configuration-document.ts';
export { parseConfiguration, type Configuration } from './configuration.ts';
export { startDemoServer, type DemoServer } from './demo-server.ts';
export { findConsole } from './console.ts';
export { createEngine, ENGINE_MIGRATIONS, type Engine, type EngineOptions } from './engine.ts';
export { checkConnector, type ConnectorReport } from './connector-check.ts';
export type { ConnectorSetting } from './connector-settings.ts';
export { diagnose, type Diagnosis } from './doctor.ts';
export { migrateStore } from './migrate.ts';
export { createRules } from './people-rules.ts';
export { MIGRATIONS } from './migrations.ts';
export { whoDecides, type WhoWords } from './offline-who.ts';
export {
  checkCharterFile,
  verifyEvidenceFile,
  verifyLedgerFile,
  type CharterReport,
} from './offline.ts';
export { proveCharterFiles, type ProveQuestion } from './prove.ts';
export { CHARTER_TEMPLATES } from '../authority/index.ts';
export { beginCharter, diffCharterFiles } from './offline-charter.ts';
export { serve, type ServeOptions } from './serve.ts';
export { startServer, type Overrides, type Parts, type RunningServer } from './server.ts';
export { resolveSettings, type ServerOptions, type ServerSettings } from './settings.ts';
export { runDemo } from './demo/demo.ts';
export { playLive } from './demo/live.ts';
export {
  describeOrganisation,
  ORGANISATION_IDENTITIES,
  ORGANISATION_SIZES,
  organisationText,
} from './organisation/organisation.ts';
export {
  northlakeCharter,
  NORTHLAKE_PEOPLE,
  NORTHLAKE_ROSTER,
  type CharterChoice,
} from './northlake-charter.ts';
