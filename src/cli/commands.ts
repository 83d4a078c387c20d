import type { Command } from './command.ts';
import { blast, cheapestCut, collateral, rotation, sharedUses } from './commands/dependencies.ts';
import { identityFacets, identityList } from './commands/identity-list.ts';
import { identityShow, importFiles } from './commands/inventory.ts';
import { charterAdopt, charterProposals, charterSign } from './commands/charter-adopt.ts';
import { connectorCheck, sync } from './commands/connector.ts';
import { charterDiff } from './commands/charter-diff.ts';
import { charterInit } from './commands/charter-init.ts';
import { charterWho } from './commands/charter-who.ts';
import { charterCheck } from './commands/charter.ts';
import { charterProve } from './commands/prove.ts';
import {
  cardDecide,
  cards,
  decide,
  decisionAsk,
  decisionShow,
  decisions,
  glassPrepare,
  glassUse,
  suspects,
} from './commands/decision.ts';
import { batch } from './commands/batch.ts';
import { contain, incidentList, incidentShow, restore } from './commands/response.ts';
import { reviewJudge, reviewList, tailEnd, tailList, tailTake } from './commands/review.ts';
import {
  rotate,
  rotateAnswer,
  rotateCancel,
  rotateClaim,
  rotateList,
  rotateResume,
  rotateShow,
} from './commands/rotate.ts';
import { demo, demoOrganisation, doctor, migrate, serve } from './commands/server.ts';
import { ledgerCheckpoint, ledgerExport, ledgerVerify } from './commands/ledger.ts';
import { readiness } from './commands/readiness.ts';
import {
  evidenceExport,
  evidenceHold,
  evidenceList,
  evidenceRelease,
  evidenceVerify,
} from './commands/evidence.ts';
import { taskAdd, taskBlock, taskDone, taskList, taskStart } from './commands/task.ts';
import { replay } from './commands/replay.ts';
import { signalSend } from './commands/signal.ts';
import { sources } from './commands/sources.ts';
import { steps } from './commands/steps.ts';
import { tokenCreate, tokenList, tokenRevoke } from './commands/token.ts';

/** In the order of the help: first what a person does at night. */
export const COMMANDS: readonly Command[] = [
  incidentList,
  incidentShow,
  decisions,
  decisionShow,
  decide,
  cards,
  cardDecide,
  decisionAsk,
  glassUse,
  suspects,
  contain,
  batch,
  restore,
  taskList,
  taskAdd,
  taskStart,
  taskBlock,
  taskDone,
  evidenceList,
  evidenceExport,
  evidenceVerify,
  evidenceHold,
  evidenceRelease,
  rotate,
  rotateShow,
  rotateList,
  rotateAnswer,
  rotateCancel,
  rotateResume,
  rotateClaim,
  identityList,
  identityFacets,
  identityShow,
  blast,
  collateral,
  rotation,
  cheapestCut,
  sharedUses,
  steps,
  importFiles,
  sources,
  sync,
  connectorCheck,
  signalSend,
  replay,
  charterCheck,
  charterDiff,
  charterInit,
  charterAdopt,
  charterSign,
  charterProposals,
  charterWho,
  charterProve,
  readiness,
  reviewList,
  reviewJudge,
  tailList,
  tailTake,
  tailEnd,
  ledgerExport,
  ledgerVerify,
  ledgerCheckpoint,
  glassPrepare,
  tokenCreate,
  tokenList,
  tokenRevoke,
  serve,
  demo,
  demoOrganisation,
  migrate,
  doctor,
];
