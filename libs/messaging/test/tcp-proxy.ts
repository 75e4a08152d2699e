export { TcpProxy } from '@heddle/testing';
