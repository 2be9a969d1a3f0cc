<?php

use App\Ecs\Logging\Channels;

/*
 * Locally, logs go to storage/logs and to the terminal. In a container they go to stderr alone,
 * from where ECS takes them to CloudWatch: App\Ecs\EcsServiceProvider sees to that.
 */
return [

    'default' => env('LOG_CHANNEL', 'stack'),

    'deprecations' => [
        'channel' => env('LOG_DEPRECATIONS_CHANNEL', 'null'),
        'trace' => false,
    ],

    'channels' => [

        'stack' => [
            'driver' => 'stack',
            'channels' => ['single', 'stderr'],
            'ignore_exceptions' => false,
        ],

        'single' => [
            'driver' => 'single',
            'path' => storage_path('logs/laravel.log'),
            'level' => env('LOG_LEVEL', 'debug'),
            'replace_placeholders' => true,
        ],

        'stderr' => Channels::stderr(),

        'json' => Channels::json(),

        'null' => [
            'driver' => 'monolog',
            'handler' => Monolog\Handler\NullHandler::class,
        ],

        // Where Laravel turns when a channel cannot be made: a file only on a developer's machine.
        'emergency' => [
            'path' => env('APP_ENV') === 'local' ? storage_path('logs/laravel.log') : 'php://stderr',
        ],

    ],

];
