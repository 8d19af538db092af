export type { Line } from './line.ts';
export { isDeletedIn, touchedLast } from './line.ts';
export type { Meeting, MeetingPath, Side } from './meet.ts';
export type { Merge } from './merge.ts';
export { withMergeResult, withPickResult } from './merge-result.ts';
export type { Skipped } from './party.ts';
export { exitCodeOfSurvey, type RadarQuestion, type Survey, surveyRepository } from './survey.ts';
