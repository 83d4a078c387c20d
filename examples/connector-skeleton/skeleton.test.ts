import { connectorConformance } from '../../src/connectors/conformance.ts';
import { environment } from './environment.testing.ts';

connectorConformance('skeleton', environment, { guarantees: ['G2', 'G4', 'G5'] });
