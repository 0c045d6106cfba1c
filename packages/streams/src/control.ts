export const CONTROL_STREAM = 'sluice.control.v1';
