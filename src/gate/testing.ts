/** What the gate says, without its store and its clock, as the simulation uses it. */
export { answerOf, isInForce, judge, namesOf } from './evaluate.ts';
