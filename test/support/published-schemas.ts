// Facts of the OpenAPI files that Datadog publishes for its API (v1 and v2), as JSON Schemas: which fields a body has, their types,
// which of them are required or may be null, and the limits that the files state. Where only a description states a fact, a comment
// says so. The dialect is that of OpenAPI 3.0, so `nullable` stands beside `type`. Unknown fields are allowed everywhere.

import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

const string = { type: 'string' };
const strings = { type: 'array', items: string };
const int64 = { type: 'integer', format: 'int64' };
const double = { type: 'number', format: 'double' };

/** A body whose only required field is a list of series, each with a metric and points. */
function payloadOf(properties: Record<string, object>): object {
  const series = { type: 'object', required: ['metric', 'points'], properties: { metric: string, ...properties } };
  return { type: 'object', required: ['series'], properties: { series: { type: 'array', items: series } } };
}

/** v1: `MetricsPayload`, `Series` and `Point`. */
const METRICS_PAYLOAD_V1 = payloadOf({
  points: {
    type: 'array',
    items: { type: 'array', minItems: 2, maxItems: 2, items: { ...double, nullable: true } },
  },
  // The type is a string; the description lists these values.
  type: { ...string, enum: ['', 'count', 'gauge', 'rate'] },
  host: string,
  tags: strings,
  interval: { ...int64, nullable: true },
});

/** v2: `MetricPayload`, `MetricSeries`, `MetricPoint`, `MetricResource`, `MetricMetadata` and `MetricOrigin`. */
const METRIC_PAYLOAD_V2 = payloadOf({
  points: { type: 'array', items: { type: 'object', properties: { timestamp: int64, value: double } } },
  type: { type: 'integer', format: 'int32', enum: [0, 1, 2, 3] },
  resources: { type: 'array', items: { type: 'object', properties: { name: string, type: string } } },
  tags: strings,
  interval: int64,
  unit: string,
  source_type_name: string,
  metadata: {
    type: 'object',
    properties: {
      origin: {
        type: 'object',
        properties: Object.fromEntries(
          ['metric_type', 'product', 'service'].map((code) => [code, { type: 'integer', format: 'int32', maximum: 1000 }]),
        ),
      },
    },
  },
});

/** v1: `DistributionPointsPayload`, `DistributionPointsSeries` and `DistributionPoint`. */
const DISTRIBUTION_POINTS_PAYLOAD = payloadOf({
  // Two items that are each a number or a list; the description says that a timestamp comes first and a list second.
  points: {
    type: 'array',
    items: { type: 'array', minItems: 2, maxItems: 2, items: [double, { type: 'array', items: double }] },
  },
  type: { ...string, enum: ['distribution'] },
  host: string,
  tags: strings,
});

/** v1: `EventCreateRequest`. The limits of `date_happened` depend on the time of arrival, so they are not here. */
const EVENT_CREATE_REQUEST = {
  type: 'object',
  required: ['title', 'text'],
  properties: {
    title: string,
    text: { ...string, maxLength: 4000 },
    date_happened: int64,
    priority: { ...string, enum: ['normal', 'low', null], nullable: true },
    host: string,
    tags: strings,
    alert_type: { ...string, enum: ['error', 'warning', 'info', 'success', 'user_update', 'recommendation', 'snapshot'] },
    aggregation_key: { ...string, maxLength: 100 },
    source_type_name: string,
    device_name: string,
    related_event_id: int64,
  },
};

const ajv = new Ajv({
  strict: true,
  formats: {
    int32: { type: 'number', validate: (value: number) => value >= -(2 ** 31) && value < 2 ** 31 },
    int64: { type: 'number', validate: (value: number) => value >= -(2 ** 63) && value < 2 ** 63 },
    double: { type: 'number', validate: Number.isFinite },
  },
});

const VALIDATORS = {
  '/api/v1/series': ajv.compile(METRICS_PAYLOAD_V1),
  '/api/v2/series': ajv.compile(METRIC_PAYLOAD_V2),
  '/api/v1/distribution_points': ajv.compile(DISTRIBUTION_POINTS_PAYLOAD),
  '/api/v1/events': ajv.compile(EVENT_CREATE_REQUEST),
} satisfies Record<string, ValidateFunction>;

export type EndpointPath = keyof typeof VALIDATORS;
export const ENDPOINT_PATHS = Object.keys(VALIDATORS) as EndpointPath[];

/** Returns in what a parsed body violates the schema that Datadog publishes for this path. Empty when it is valid. */
export function violationsOf(path: EndpointPath, body: unknown): ErrorObject[] {
  const validate = VALIDATORS[path];
  return validate(body) ? [] : [...(validate.errors ?? [])];
}
