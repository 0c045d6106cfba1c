/** Thrown and caught inside this folder alone: why a text is no filter. */
export class FilterFault extends Error {}
