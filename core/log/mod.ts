/**
 * What a run says about itself: log lines, progress, TensorBoard events, history and report.
 *
 * @module
 */
export {
  CHART_CSS,
  type ChartOptions,
  type ChartReference,
  type ChartSeries,
  formatNumber,
  lineChart,
  niceTicks,
} from "./charts.ts";
export { dict2str } from "./dict2str.ts";
export { environmentText, type Fact, hostFacts, versionFacts } from "./env.ts";
export { type Curves, type Point, RunHistory } from "./history.ts";
export {
  asctime,
  formatTrainLine,
  Logger,
  type LoggerTargets,
  type LogLevel,
  pythonExponential,
  type TrainLine,
} from "./logger.ts";
export { Progress, type ProgressOptions } from "./progress.ts";
export { writeReport } from "./report.ts";
export type { ComparedImage, Curve, MetricCurve, ReportData, ResultTable } from "./report_data.ts";
export {
  print,
  stderrTerminal,
  stdoutTerminal,
  Terminal,
  type TerminalOptions,
  type TextStream,
} from "./terminal.ts";
export { EventWriter, type EventWriterOptions, type HParam } from "./tfevents.ts";
export { AvgTimer, Eta } from "./timers.ts";
