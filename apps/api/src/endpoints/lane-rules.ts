import type { DisablingSettings, FlowSettings } from '#core';

/** The constants by which dispatchers steer lanes: what is stored about one is read with the same. */
export abstract class LaneRules {
  abstract readonly flow: FlowSettings;
  abstract readonly disabling: DisablingSettings;
}
