const net = require('node:net');
const tls = require('node:tls');
const process = require('node:process');

// Loaded before a program (`--require`): its connections to FCM end at the port of FCM_PORT on this machine, in the clear.

const connect = tls.connect;
const HOSTS = ['fcm.googleapis.com', 'oauth2.googleapis.com'];
tls.connect = (options, ...rest) =>
  HOSTS.includes(options.host)
    ? net.connect(Number(process.env.FCM_PORT), '127.0.0.1').setNoDelay(true)
    : connect(options, ...rest);
