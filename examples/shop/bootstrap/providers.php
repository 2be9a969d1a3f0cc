<?php

return [
    App\Ecs\EcsServiceProvider::class,
];
