<?php

/*
 * Cache and locks live in Valkey, which every container shares; TLS comes with REDIS_SCHEME=tls.
 * Locks use the connection whose keys are never evicted.
 */
return [

    'default' => env('CACHE_STORE', 'redis'),

    'stores' => [

        'redis' => [
            'driver' => 'redis',
            'connection' => 'cache',
            'lock_connection' => 'default',
        ],

        // For tests: forgotten with the process.
        'array' => [
            'driver' => 'array',
            'serialize' => false,
        ],

    ],

    // Written out, because Laravel's own default changes from version to version.
    'prefix' => env('CACHE_PREFIX', 'laravel-cache:'),

];
