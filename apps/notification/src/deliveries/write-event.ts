import { CLOUD_EVENT_MEDIA_TYPE, type DeliveryFormat, type Envelope, toCloudEvent } from '@heddle/contracts';

/** The body by which a logged event is sent, and its media type. */
export function writeEvent(logged: string, format: DeliveryFormat): { body: string; contentType: string } {
  switch (format) {
    case 'envelope': return { body: logged, contentType: 'application/json' };
    case 'cloudevents': return { body: JSON.stringify(toCloudEvent(JSON.parse(logged) as Envelope)), contentType: CLOUD_EVENT_MEDIA_TYPE };
  }
}
